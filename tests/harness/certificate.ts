import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Files: a certificate that vouches for itself, and its key. */
export interface Certificate {
  key: string;
  certificate: string;
}

/** For 127.0.0.1 and this host name. */
export function makeCertificate(directory: string, host = 'localhost'): Certificate {
  mkdirSync(directory, { recursive: true });
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const made = ['req', '-x509', '-nodes', ...curve, '-keyout', key, '-out', certificate, ...subject];
  execFileSync('openssl', made, { stdio: 'ignore' });
  return { key, certificate };
}
