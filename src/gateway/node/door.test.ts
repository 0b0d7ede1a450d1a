import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { openDoor, type ServerAddress } from './door.ts'

const LIMIT = 4
const REFUSED = { code: 'GH_GATEWAY_LISTEN_FAILED' }

async function opened(t: TestContext, at: ServerAddress) {
  const door = await openDoor(at, LIMIT)
  t.after(() => door.close())
  return door
}

/** A socket file that no process answers at: what one leaves that is killed. */
async function deadSocket(dir: string): Promise<string> {
  const server = createServer().listen(join(dir, 'alive'))
  await once(server, 'listening')
  const path = join(dir, 'dead')
  renameSync(join(dir, 'alive'), path)
  server.close()
  await once(server, 'close')
  return path
}

/** Who said it: the one that took the connection. */
async function heard(at: { readonly port: number } | { readonly path: string }): Promise<string> {
  const socket = connect('path' in at ? at : { ...at, host: '127.0.0.1' })
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  await once(socket, 'close')
  return text
}

test('`openDoor` hands connections to whoever takes them now', async (t) => {
  const door = await opened(t, { host: '127.0.0.1', port: 0 })
  assert.equal(door.address, '127.0.0.1')
  assert.equal(await heard(door), '', 'nobody takes it yet')
  door.takenBy((socket) => socket.end('one'))
  assert.equal(await heard(door), 'one')
  door.takenBy((socket) => socket.end('two'))
  assert.equal(await heard(door), 'two')
  await assert.rejects(openDoor({ host: '127.0.0.1', port: door.port }, LIMIT), REFUSED)
  door.close()
  door.close()
  await assert.rejects(heard(door), { code: 'ECONNREFUSED' })
})

for (const [mode, shown] of [
  [undefined, 0o600],
  [0o660, 0o660],
] as const)
  test(`a unix socket has the permissions ${shown.toString(8)}, and goes with its door`, async (t) => {
    const socket = join(temporaryFolder(t), 'door.sock')
    const door = await opened(t, { socket, ...(mode !== undefined && { mode }) })
    assert.deepEqual([door.address, door.port], [socket, 0])
    assert.equal(lstatSync(socket).mode & 0o777, shown)
    door.takenBy((one) => one.on('error', () => undefined).end('here'))
    assert.equal(await heard({ path: socket }), 'here')
    await assert.rejects(openDoor({ socket }, LIMIT), REFUSED, 'somebody answers there')
    assert.equal(await heard({ path: socket }), 'here', 'and goes on')
    door.close()
    assert.ok(!existsSync(socket))
  })

test('a unix socket that nobody answers at is replaced', async (t) => {
  const socket = await deadSocket(temporaryFolder(t))
  const door = await opened(t, { socket })
  door.takenBy((one) => one.end('here'))
  assert.equal(await heard({ path: socket }), 'here')
})

test('anything else in its place stays, and refuses', async (t) => {
  const dir = temporaryFolder(t)
  const file = join(dir, 'file')
  writeFileSync(file, 'kept')
  await assert.rejects(openDoor({ socket: file }, LIMIT), REFUSED)
  assert.equal(readFileSync(file, 'utf8'), 'kept')
  await assert.rejects(openDoor({ socket: dir }, LIMIT), REFUSED)
  const link = join(dir, 'link')
  symlinkSync(await deadSocket(dir), link)
  await assert.rejects(openDoor({ socket: link }, LIMIT), REFUSED)
  assert.ok(existsSync(link))
  await assert.rejects(openDoor({ socket: join(dir, 'no', 'folder') }, LIMIT), REFUSED)
  await assert.rejects(openDoor({ socket: join(dir, 'x'.repeat(120)) }, LIMIT), REFUSED)
})
