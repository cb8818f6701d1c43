import { once } from 'node:events';
import { connect } from 'node:net';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { DatabaseServer } from '../database-server.ts';

/** Adds one to a number that the server keeps, and answers it: what a client sees of a server and its data. */
export async function countOn(server: DatabaseServer): Promise<number> {
  switch (server.type) {
    case 'postgres':
      return countOnPostgres(server.url());
    case 'mysql':
    case 'mariadb':
      return countOnMysql(server.url().replace('mariadb:', 'mysql:'));
    case 'redis':
      return countOnRedis(server);
  }
}

async function countOnPostgres(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('create table if not exists counts (id int)');
    await client.query('insert into counts values (1)');
    const { rows } = await client.query('select count(*)::int as count from counts');
    return rows[0].count;
  } finally {
    await client.end();
  }
}

async function countOnMysql(url: string): Promise<number> {
  const client = await mysql.createConnection(url);
  try {
    await client.query('create table if not exists counts (id int)');
    await client.query('insert into counts values (1)');
    const [rows] = await client.query<mysql.RowDataPacket[]>('select count(*) as count from counts');
    return rows[0]!.count;
  } finally {
    await client.end();
  }
}

async function countOnRedis({ port, password }: DatabaseServer): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    socket.write(`AUTH ${password}\r\nINCR counts\r\n`);
    let answer = '';
    while (!/:\d+\r\n/.test(answer)) answer += (await once(socket, 'data'))[0];
    return Number(/:(\d+)/.exec(answer)![1]);
  } finally {
    socket.destroy();
  }
}
