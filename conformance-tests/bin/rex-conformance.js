#!/usr/bin/env -S node --conditions=@rex/source
// Runs the command: from `dist` if installed, from source in a checkout. docs/guide/conformance.md
const installed = /[\\/]node_modules[\\/]/.test(import.meta.dirname)
await (installed ? import('../dist/main.js') : import('../runner/main.ts'))
