'use strict'
// Where the program of this platform lies, which npm has installed as an optional dependency.

exports.find = function () {
  const name = `claude-bedrock-${process.platform}-${process.arch}`
  const file = process.platform === 'win32' ? 'claude-bedrock.exe' : 'claude-bedrock'
  try {
    return require.resolve(`${name}/bin/${file}`)
  } catch {
    return { missing: name }
  }
}

exports.explain = function (missing) {
  return `claude-bedrock: the package ${missing} is not installed, which has the program for this platform\n` +
    '  if npm was told to leave out optional dependencies, install again without that: npm install -g claude-bedrock --include=optional\n' +
    '  if there is no such package, build it: cargo install claude-bedrock\n'
}
