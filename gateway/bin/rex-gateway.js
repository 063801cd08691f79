#!/usr/bin/env node
// The `rex-gateway` command. docs/guide/gateway.md
'use strict'
require('@rex/sdk/bin/launch.js')
  .launch('rex-gateway', __dirname)
  .then((gateway) => gateway.main(process.argv))
