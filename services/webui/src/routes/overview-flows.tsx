import { FastPathGate } from '../features/overview/fastpath-gate.tsx';
import { FlowList } from '../features/overview/flow-list.tsx';

export function Component() {
  return (
    <FastPathGate>
      <FlowList />
    </FastPathGate>
  );
}
