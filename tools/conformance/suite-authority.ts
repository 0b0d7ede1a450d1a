/** Whom the server believes when it tells the suite of a decoupled answer (CIBA ping): a development suite signed its certificate itself. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import type { Settings } from './settings.ts'

const TIMEOUT_MS = 2_000

/** PEM: what `--suite-ca` names, or what the suite shows now; empty where it is not there. */
export async function suiteAuthority(
  { suite, suiteCa }: Pick<Settings, 'suite' | 'suiteCa'>,
  say: (line: string) => void,
): Promise<string> {
  if (suiteCa !== undefined) return readFileSync(suiteCa, 'utf8')
  const { hostname, port } = new URL(suite)
  const shown = await shownBy(hostname, Number(port || 443))
  if (shown === undefined)
    say(
      `${suite} does not answer: CIBA notifications reach it only with a certificate of a known authority, or with --suite-ca FILE`,
    )
  return shown ?? ''
}

function shownBy(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(
      { host, port, servername: host, rejectUnauthorized: false, timeout: TIMEOUT_MS },
      () => {
        const chain: string[] = []
        let one = socket.getPeerX509Certificate()
        while (one !== undefined && chain.length < 10) {
          chain.push(one.toString())
          one = one.issuerCertificate
        }
        socket.destroy()
        resolve(chain.join(''))
      },
    )
    const give = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    socket.once('error', give)
    socket.once('timeout', give)
  })
}
