import { FastPathGate } from '../features/overview/fastpath-gate.tsx';
import { Summary } from '../features/overview/summary.tsx';

export function Component() {
  return (
    <FastPathGate>
      <Summary />
    </FastPathGate>
  );
}
