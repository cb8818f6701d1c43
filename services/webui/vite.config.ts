import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
    // Data URLs would need `data:` in the Content-Security-Policy.
    assetsInlineLimit: 0,
  },
});
