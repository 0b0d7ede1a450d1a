import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { socketPath } from './socket-path.ts'

/** A folder whose control socket has a path of exactly so many bytes. */
const folderFor = (bytes: number, letter = 'a'): string =>
  `/${letter.repeat((bytes - '//control.sock'.length) / Buffer.byteLength(letter))}`

test('`socketPath` is inside the data directory up to 103 bytes, and a short name beyond', () => {
  const fits = folderFor(103)
  assert.equal(Buffer.byteLength(socketPath(fits)), 103)
  assert.equal(socketPath(fits), join(fits, 'control.sock'))
  const long = folderFor(104)
  const path = socketPath(long)
  assert.equal(dirname(dirname(path)), tmpdir())
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
  assert.ok(Buffer.byteLength(path) <= 103, path)
})

test('`socketPath` counts bytes, not letters', () => {
  const folder = folderFor(104, 'é')
  assert.ok(join(folder, 'control.sock').length < 103)
  assert.equal(dirname(dirname(socketPath(folder))), tmpdir())
})

test('`socketPath` is the same for the same directory and another for another', () => {
  const long = folderFor(200)
  assert.equal(socketPath(long), socketPath(long))
  assert.notEqual(socketPath(long), socketPath(`${long}b`))
  assert.doesNotMatch(socketPath(long), /aaaa/)
})

test('`socketPath` refuses a folder of the temporary folder that others may enter, or that is a link', (t) => {
  const open = temporaryFolder(t)
  const user = process.getuid?.() ?? 0
  mkdirSync(join(open, `gatehouse-${user}`))
  chmodSync(join(open, `gatehouse-${user}`), 0o755)
  assert.throws(() => socketPath(folderFor(200), open), { code: 'GH_CLI_IO' })
  const linked = temporaryFolder(t)
  symlinkSync(open, join(linked, `gatehouse-${user}`))
  assert.throws(() => socketPath(folderFor(200), linked), { code: 'GH_CLI_IO' })
})
