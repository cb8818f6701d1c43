import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';

const NO_FEATURES = ['accelerometer', 'camera', 'display-capture', 'geolocation', 'gyroscope', 'magnetometer']
  .concat(['microphone', 'midi', 'payment', 'publickey-credentials-get', 'screen-wake-lock', 'serial', 'usb'])
  .map((feature) => `${feature}=()`)
  .join(', ');

/**
 * Headers of everything but /api, which sets its own. HTTPS is known from a trusted proxy only (req.secure).
 * Development needs Vite's inline preamble, its style elements and its websocket.
 */
export function setSecurityHeaders(development: boolean): RequestHandler {
  const http = policy({ development, secure: false });
  const https = policy({ development, secure: true });
  return function securityHeaders(req: Request, res: Response, next: NextFunction) {
    res.setHeader('Permissions-Policy', NO_FEATURES);
    (req.secure ? https : http)(req, res, next);
  };
}

function policy({ development, secure }: { development: boolean; secure: boolean }) {
  const inlineInDevelopment = development ? ["'unsafe-inline'"] : [];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", ...inlineInDevelopment],
        styleSrc: ["'self'", ...inlineInDevelopment],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", ...(development ? ['ws:', 'wss:'] : [])],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}
