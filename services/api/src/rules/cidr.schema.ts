import { z } from 'zod';
import { parseCidr } from './cidr.ts';

/** A prefix or an address as a client writes it; canonical text inside. */
export const CidrText = z
  .string()
  .max(64)
  .transform((text, ctx) => {
    const result = parseCidr(text);
    if (result.ok) return result.cidr.text;
    ctx.addIssue({ code: 'custom', message: `The value ${result.problem}` });
    return z.NEVER;
  });
