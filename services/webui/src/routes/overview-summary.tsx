export { Summary as Component } from '../features/overview/summary.tsx';
