#!/usr/bin/env node
// The `rex-desk` command. docs/guide/rex-desk.md
'use strict'
require('./launch.js').launch('rex-desk', __dirname)
