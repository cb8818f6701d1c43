// Raises the number of connections that a MySQL or MariaDB server takes: a container of CI gets no arguments for it.
//   usage: allow-connections.ts URL NUMBER
import { createConnection } from 'mysql2/promise';

const [url, connections] = process.argv.slice(2);
const connection = await createConnection(url!);
await connection.query('set global max_connections = ?', [Number(connections)]);
await connection.end();
