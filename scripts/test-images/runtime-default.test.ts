import { expect, test } from 'vitest';
import { withOwnCapabilities } from './runtime-default.ts';

const rule = (names: string[], action: string, caps: string[] = []) => ({
  names,
  action,
  includes: { caps },
});
const old = {
  syscalls: [
    rule(['read', 'write', 'mbind'], 'SCMP_ACT_ALLOW'),
    rule(['bpf', 'setns'], 'SCMP_ACT_ALLOW', ['CAP_SYS_ADMIN']),
    rule(['bpf', 'setns'], 'SCMP_ACT_ERRNO'),
  ],
};

/** The capabilities of which one is enough for a system call. */
const allowedWith = (name: string) =>
  withOwnCapabilities(old)
    .syscalls.filter(({ names, action }) => names.includes(name) && action === 'SCMP_ACT_ALLOW')
    .flatMap(({ includes }) => includes?.caps ?? []);

test('bpf() and mbind() may be called with the capability that they need; no other call changes', () => {
  expect(allowedWith('bpf').sort()).toEqual(['CAP_BPF', 'CAP_SYS_ADMIN']);
  expect(allowedWith('mbind').sort()).toEqual(['CAP_SYS_ADMIN', 'CAP_SYS_NICE']);
  expect(allowedWith('setns')).toEqual(['CAP_SYS_ADMIN']);
  const refused = withOwnCapabilities(old).syscalls.filter(({ action }) => action === 'SCMP_ACT_ERRNO');
  expect(refused.filter(({ names }) => names.includes('bpf'))).toMatchObject([
    { names: ['bpf'], excludes: { caps: ['CAP_BPF', 'CAP_SYS_ADMIN'] }, errnoRet: 1 },
  ]);
  expect(refused.filter(({ names }) => names.includes('setns'))).toHaveLength(1);
});
