import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { problemHandler } from './problem.ts';

const failing = (error: unknown) =>
  express()
    .get('/', () => {
      throw error;
    })
    .use(problemHandler());

const UNAVAILABLE = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === 503);

test.each(UNAVAILABLE)('%s says when to come back, also when it was thrown without a time', async (code) => {
  expect((await request(failing(new AppError(code))).get('/')).headers['retry-after']).toBe('2');
  const later = new AppError(code, undefined, { retryAfterS: 7.2 });
  expect((await request(failing(later)).get('/')).headers['retry-after']).toBe('8');
});

test('an error that no time mends says none', async () => {
  const { status, headers } = await request(failing(new AppError('forbidden'))).get('/');
  expect([status, headers['retry-after']]).toEqual([403, undefined]);
});
