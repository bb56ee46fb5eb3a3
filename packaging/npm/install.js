'use strict'
// After the installation: puts the program in the place of bin/claude-bedrock, which would start Node.js each time. Not on
// Windows, where npm's own starter reads that file, and where it fails nothing is lost.
const fs = require('fs')
const path = require('path')
const { find, explain } = require('./program.js')

const program = find()
if (program.missing) {
  process.stderr.write(explain(program.missing))
} else if (process.platform !== 'win32') {
  const place = path.join(__dirname, 'bin', 'claude-bedrock')
  const beside = `${place}.${process.pid}`
  try {
    try {
      fs.linkSync(program, beside)
    } catch {
      fs.copyFileSync(program, beside)
    }
    fs.chmodSync(beside, 0o755)
    fs.renameSync(beside, place)
  } catch {
    fs.rmSync(beside, { force: true })
  }
}
