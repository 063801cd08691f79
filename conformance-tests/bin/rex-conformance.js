#!/usr/bin/env -S node --conditions=@rex/source
// Runs the command from source. docs/guide/conformance.md
import '../runner/main.ts'
