import { z } from 'zod';

/** One person, one form: compatible Unicode forms and letter case do not make another address. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** An address that can be delivered to in principle, in normal form. RFC 6531 allows letters beyond ASCII. */
export const EmailAddress = z
  .string()
  .transform(normalizeEmail)
  .pipe(
    z
      .string()
      .max(254)
      .regex(
        /^[^\s@<>",;:\\()[\]\p{Cc}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u,
        'Not an e-mail address',
      ),
  )
  .meta({ override: { type: 'string', format: 'email', maxLength: 254 } });
