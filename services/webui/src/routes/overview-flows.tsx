export { FlowList as Component } from '../features/overview/flow-list.tsx';
