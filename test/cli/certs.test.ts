/** `gatehouse certs`: files for their owner alone, never over others, which another program takes for what they are. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { gatehouse } from './terminal.ts'

test('`gatehouse certs` writes private files, and keys that fit their certificates', async (t) => {
  const cwd = temporaryFolder(t)
  const { code, out } = await gatehouse(
    [
      'certs',
      'made',
      '--organization-identifier',
      'PSDDE-BAFIN-77',
      '--host',
      'api.bank.test',
      '--json',
    ],
    { cwd },
  )
  assert.equal(code, 0)
  const { files } = JSON.parse(out) as { files: { file: string }[] } // sound: its schema is tested apart
  const dir = join(cwd, 'made')
  assert.deepEqual(readdirSync(dir).toSorted(), files.map(({ file }) => file).toSorted())
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
  const ca = new X509Certificate(read('ca.pem'))
  let keys = 0
  for (const { file } of files) {
    assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file)
    if (!file.endsWith('-key.pem')) continue
    keys++
    const one = new X509Certificate(read(file.replace('-key', '')))
    assert.ok(one.checkPrivateKey(createPrivateKey(read(file))), file)
    // The operator of the trusted list signs its own, as the operators of member states do.
    const others = ['qwac-foreign-key.pem', 'self-signed-key.pem', 'list-operator-key.pem']
    const ours = !others.includes(file)
    assert.equal(one.verify(ca.publicKey), ours, file)
  }
  assert.ok(keys >= 12)
  assert.match(new X509Certificate(read('server.pem')).subjectAltName ?? '', /DNS:api\.bank\.test/)
  const shown = await gatehouse(['certs', 'show', 'made/qwac-ais.pem', '--json'], { cwd })
  const [about] = (JSON.parse(shown.out) as { certificates: Record<string, unknown>[] })
    .certificates // sound: as above
  assert.equal(about?.['organizationIdentifier'], 'PSDDE-BAFIN-77')
  assert.deepEqual(about['psd2'], {
    roles: ['PSP_AI'],
    authority: 'DEVELOPMENT ONLY BAFIN',
    authorityId: 'DE-BAFIN',
  })
})

test('`gatehouse certs` writes into no folder that holds something', async (t) => {
  const cwd = temporaryFolder(t)
  mkdirSync(join(cwd, 'taken'))
  writeFileSync(join(cwd, 'taken', 'ca-key.pem'), 'mine')
  const { err, code } = await gatehouse(['certs', 'taken'], { cwd })
  assert.match(err, /GH_CLI_FILE_EXISTS/)
  assert.notEqual(code, 0)
  assert.deepEqual(readdirSync(join(cwd, 'taken')), ['ca-key.pem'])
})

for (const words of [
  ['--organization-identifier', 'FCA-123456'],
  ['--organization-identifier', 'PSDGB-fca-1'],
  ['--days', '0'],
  ['--days', '826'],
  ['--days', 'x'],
  ['--host', 'bank test'],
])
  test(`\`gatehouse certs\` refuses ${words.join(' ')} and makes nothing`, async (t) => {
    const cwd = temporaryFolder(t)
    const { code, err } = await gatehouse(['certs', 'made', ...words], { cwd })
    assert.equal(code, 4)
    assert.match(err, /GH_CLI_USAGE/)
    assert.deepEqual(readdirSync(cwd), [])
  })

test('`gatehouse certs` makes certificates for 825 days and no more', async (t) => {
  const cwd = temporaryFolder(t)
  assert.equal((await gatehouse(['certs', 'made', '--days', '825'], { cwd })).code, 0)
})

for (const { name, text, code } of [
  {
    name: 'a key',
    text: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    code: 4,
  },
  {
    name: 'a broken certificate',
    text: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    code: 4,
  },
  { name: 'nothing', text: '', code: 4 },
])
  test(`\`gatehouse certs show\` says that ${name} is no certificate`, async (t) => {
    const cwd = temporaryFolder(t)
    writeFileSync(join(cwd, 'x.pem'), text)
    const shown = await gatehouse(['certs', 'show', 'x.pem'], { cwd })
    assert.match(shown.err, /GH_GATEWAY_CERTIFICATE_MALFORMED/)
    assert.equal(shown.code, code)
  })
