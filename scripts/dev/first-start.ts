import { logIn } from '../seed/rest-client.ts';
import { seedMockData } from '../seed/seed.ts';

/** Fills a new database, so that the first look shows something; a failure is told and stops nothing. */
export async function seedFirstStart(
  apiUrl: string,
  admin: { email: string; password: string },
  say: (level: string, message: string) => void,
): Promise<void> {
  try {
    const api = await logIn(apiUrl, admin.email, admin.password);
    const { lines, password } = await seedMockData(api, process.env.SEED_PASSWORD || undefined);
    say('info', `mock data: ${lines.join('; ')}`);
    if (password && !process.env.SEED_PASSWORD) {
      say('info', `mock users' password, shown only now: ${password} (e.g. mara.jensen@example.com)`);
    }
  } catch (error) {
    say('warn', `no mock data yet: ${(error as Error).message}. Try again with: make seed-mock-data`);
  }
}
