import type express from 'express';
import { Router } from 'express';
import helmet from 'helmet';
import { absolutePath } from 'swagger-ui-dist';
import { openApiDocument } from '../openapi.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Tripod API</title><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
`;

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

/** The OpenAPI document and its interactive page; every asset comes from this server. */
export function docsRouter(): Router {
  const document = JSON.stringify(openApiDocument());
  const router = Router({ strict: true });
  router.get('/openapi.json', (_req, res) => {
    res.locals.route = '/api/v1/openapi.json';
    res.type('json').send(document);
  });
  router.use('/docs', contentSecurityPolicy(), labelled());
  router.get('/docs', (_req, res) => void res.type('html').send(PAGE));
  router.get('/docs/start.js', (_req, res) => void res.type('text/javascript').send(START));
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.get(`/docs/${file}`, (_req, res) => res.sendFile(file, { root: absolutePath() }));
  }
  return router;
}

/** Swagger UI sets inline styles and draws its icons as data: images; scripts only from here. */
function contentSecurityPolicy(): express.RequestHandler {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  });
}

function labelled(): express.RequestHandler {
  return function label(_req, res, next) {
    res.locals.route = '/api/v1/docs';
    next();
  };
}
