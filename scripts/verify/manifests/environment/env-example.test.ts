import { expect, test } from 'vitest';
import { parseEnvExample, variablesOfService } from './env-example.ts';

test('a variable has its default, and whether it is a secret or required', () => {
  const text = `# Environment of x.\n\n# A key. Secret\n# things. Required. Secret.\nKEY=\n\n# Level of Secret. things.\n#LEVEL=info\n`;
  expect(Object.fromEntries(parseEnvExample(text))).toEqual({
    KEY: { secret: true, required: true, fallback: '' },
    LEVEL: { secret: false, required: false, fallback: 'info' },
  });
});

test('the services have their variables', () => {
  expect(variablesOfService('api').get('PORT')).toEqual({ secret: false, required: false, fallback: '5000' });
  expect(variablesOfService('api').get('DATABASE_URL')?.secret).toBe(true);
  expect(variablesOfService('fastpath').get('FASTPATH_SECRET')).toMatchObject({
    secret: true,
    required: true,
  });
  expect(variablesOfService('webui').has('API_URL')).toBe(true);
});
