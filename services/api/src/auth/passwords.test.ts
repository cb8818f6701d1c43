import bcrypt from 'bcrypt';
import { describe, expect, it, vi } from 'vitest';
import { passwordProblem } from './password-rules.ts';
import { createPasswords } from './passwords.ts';

describe('password rules', () => {
  it.each([
    ['short', '8 characters'],
    ['é'.repeat(37), '72 bytes'],
    ['x'.repeat(73), '72 bytes'],
    ['Password123', 'common'],
    ['qwertyuiop', 'common'],
    ['aaaaaaaaaaa', 'common'],
    ['with\0a nul byte', 'NUL'],
  ])('refuses %j', (password, reason) => {
    expect(passwordProblem(password)).toContain(reason);
  });

  it.each(['correct horse battery', 'x7'.repeat(36), 'пароль-не-простой', '8 chars!'])(
    'takes %j',
    (password) => {
      expect(passwordProblem(password)).toBeUndefined();
    },
  );
});

describe('hashes', () => {
  const passwords = createPasswords({ BCRYPT_COST: 10 });

  it('verify the password and nothing else', async () => {
    const hash = await passwords.hash('x'.repeat(72));
    expect(await passwords.verify('x'.repeat(72), hash)).toBe(true);
    expect(await passwords.verify('x'.repeat(71), hash)).toBe(false);
    // bcrypt alone would take this for the same password.
    expect(await passwords.verify(`${'x'.repeat(72)}y`, hash)).toBe(false);
  });

  it('are compared also when there is no user', async () => {
    expect(await passwords.verify('nobody has this password', undefined)).toBe(false);
  });

  it('are not queued without end', async () => {
    const gate = Promise.withResolvers<void>();
    const compare = vi.spyOn(bcrypt, 'compare').mockImplementation(() => gate.promise.then(() => true));
    try {
      const waiting = Array.from({ length: 32 }, () => passwords.verify('x', 'a hash'));
      const refused = { code: 'overloaded', retryAfterS: 2 };
      await expect.poll(() => compare.mock.calls.length).toBe(32);
      await expect(passwords.verify('x', 'a hash')).rejects.toMatchObject(refused);
      await expect(passwords.hash('x')).rejects.toMatchObject(refused);
      gate.resolve();
      expect(await Promise.all(waiting)).toEqual(Array(32).fill(true));
      expect(await passwords.verify('x', 'a hash')).toBe(true);
    } finally {
      compare.mockRestore();
    }
  });

  it('know their cost', async () => {
    const hash = await passwords.hash('some password');
    expect(passwords.needsRehash(hash)).toBe(false);
    expect(createPasswords({ BCRYPT_COST: 11 }).needsRehash(hash)).toBe(true);
  });
});
