import express, { type Express, type RequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../../src/config.ts';
import { normalizeTerm } from '../../src/search-terms.ts';
import { searchTerms } from '../../src/users/search.ts';
import type { UserRow } from '../../src/users/users.repository.ts';
import { UNHASHED } from './unhashed.ts';

/**
 * Express on knex as people write it: query builders in the handlers, jsonwebtoken with a string. The same queries and
 * the same audit entries; no validation, no response schema, no access log, no metrics, no security headers.
 */
export function naiveApp(config: Config, db: Knex): Express {
  const app = express();
  app.use(express.json());
  app.use(authenticate(config.JWT_KEYS[0]!.secret, db));
  app.get('/api/v1/users', async (req, res) => {
    const limit = Number(req.query.limit);
    const rows = await db('users')
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1);
    res.json({ items: rows.slice(0, limit).map(toJson), next_cursor: rows.length > limit ? 'more' : null });
  });
  app.get('/api/v1/users/:id', async (req, res) => {
    const user = await db('users').where({ id: req.params.id }).first();
    res.json(toJson(user));
  });
  app.post('/api/v1/users', async (req, res) => {
    const { password: _, ...fields } = req.body;
    const now = Date.now();
    const times = { created_at: now, updated_at: now, last_login_at: null };
    const defaults = { is_active: true, must_change_password: true };
    const user: UserRow = { id: uuidv7(), ...defaults, ...fields, password_hash: UNHASHED, ...times };
    await db.transaction(async (trx) => {
      await trx('users').insert({ ...user, name_key: normalizeTerm(user.full_name) });
      await trx('user_search_terms').insert(terms(user));
      await audit(trx, res.locals.caller, 'user.created', user.id, { to: fields });
    });
    res.status(201).json(toJson(user));
  });
  app.patch('/api/v1/users/:id', async (req, res) => {
    const { id } = req.params;
    const after = await db.transaction(async (trx) => {
      await lockAdmins(trx);
      const before = await trx('users').where({ id }).forUpdate().first();
      const user = { ...before, ...req.body, updated_at: Date.now() };
      await trx('users')
        .where({ id })
        .update({ ...user, name_key: normalizeTerm(user.full_name) });
      await trx('user_search_terms').where({ user_id: id }).delete();
      await trx('user_search_terms').insert(terms(user));
      await audit(trx, res.locals.caller, 'user.updated', id, { from: before.full_name, to: req.body });
      return user;
    });
    res.json(toJson(after));
  });
  app.delete('/api/v1/users/:id', async (req, res) => {
    const { id } = req.params;
    await db.transaction(async (trx) => {
      await lockAdmins(trx);
      const before = await trx('users').where({ id }).forUpdate().first();
      const now = Date.now();
      await trx('sessions')
        .where({ user_id: id })
        .whereNull('revoked_at')
        .where('expires_at', '>', now)
        .update({ revoked_at: now, revoked_reason: 'deleted' });
      await trx('users').where({ id }).delete();
      await audit(trx, res.locals.caller, 'user.deleted', id, { from: before.email });
    });
    res.status(204).end();
  });
  return app;
}

function authenticate(secret: string, db: Knex): RequestHandler {
  return async (req, res, next) => {
    const claims = jwt.verify(req.headers.authorization!.slice('Bearer '.length), secret) as { sid: string };
    const session = await db('sessions')
      .join('users', 'users.id', 'sessions.user_id')
      .where({ 'sessions.id': claims.sid, 'users.is_active': true })
      .whereNull('sessions.revoked_at')
      .where('sessions.expires_at', '>', Date.now())
      .first('users.id', 'users.email', 'users.role');
    if (session?.role !== 'admin') return void res.sendStatus(401);
    res.locals.caller = session;
    next();
  };
}

const lockAdmins = (trx: Knex) =>
  trx('users').where({ role: 'admin', is_active: true }).orderBy('id').forUpdate().select('id');

const terms = (user: UserRow) => searchTerms(user).map((term) => ({ term, user_id: user.id }));

async function audit(trx: Knex, caller: UserRow, action: string, id: string, changes: object): Promise<void> {
  await trx('audit_logs').insert({
    id: uuidv7(),
    created_at: Date.now(),
    actor_id: caller.id,
    actor_email: caller.email,
    action,
    resource_type: 'user',
    resource_id: id,
    changes: JSON.stringify(changes),
    ip: '127.0.0.1',
    request_id: uuidv7(),
  });
}

export function toJson({ password_hash: _, name_key: __, ...user }: UserRow & { name_key?: string }) {
  return {
    ...user,
    is_active: Boolean(user.is_active),
    must_change_password: Boolean(user.must_change_password),
    created_at: new Date(user.created_at),
    updated_at: new Date(user.updated_at),
    last_login_at: user.last_login_at === null ? null : new Date(user.last_login_at),
  };
}
