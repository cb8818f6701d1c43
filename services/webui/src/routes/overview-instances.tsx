export { InstanceList as Component } from '../features/overview/instance-list.tsx';
