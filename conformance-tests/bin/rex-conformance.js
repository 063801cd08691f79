#!/usr/bin/env -S node --conditions=@rex/source
// Runs the command: from dist where it is installed, in a checkout from source. docs/guide/conformance.md
const installed = /[\\/]node_modules[\\/]/.test(import.meta.dirname)
await (installed ? import('../dist/main.js') : import('../runner/main.ts'))
