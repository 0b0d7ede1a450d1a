/**
 * From the headers of a request to the proof fact: whether there is a DPoP proof (RFC 9449), what it says, and whether it comes for the
 * first time. An id is remembered when the proof is seen, whatever becomes of the request: a proof is good for one request, and a rule
 * that only watches must see replays too (docs/decisions/019). A token under the scheme `Bearer` costs nothing here.
 */
import { hash } from 'node:crypto'
import type { HeaderView, ProofFact } from '../../decide/index.ts'
import { MAX_PROOF_AGE_SECONDS, MAX_PROOF_AHEAD_SECONDS } from '../../decide/index.ts'
import type { Clock } from '../../lib/index.ts'
import { createProofReader } from '../../proof/index.ts'
import { dpopToken } from './credentials.ts'
import { createNonces } from './dpop-nonces.ts'
import { REPLAY_LIMIT, ReplaySet } from './replay-set.ts'

export interface ProofGate {
  /** `client`: whose token it is. `undefined`: the token came as a bearer token. */
  judge(headers: HeaderView, client: string, now: number): ProofFact | undefined
  /** For the header `DPoP-Nonce`. */
  nonce(now: number): string
}

const ABSENT: ProofFact = { kind: 'absent' }
/** A wall clock that goes back by less is being slewed. */
const SLEW_MS = 1_000

export function createProofGate(
  clock: Clock,
  randomBytes: (count: number) => Uint8Array,
  limit: number = REPLAY_LIMIT,
): ProofGate {
  const reader = createProofReader()
  const nonces = createNonces(randomBytes(32))
  const replays = new ReplaySet(limit)
  /** What was issued before, in milliseconds, may have been used and forgotten: by an earlier process, or before the clock went back. */
  let freshFrom = clock.now()
  let latest = freshFrom

  function followClock(now: number): void {
    if (now >= latest) latest = now
    else if (now < latest - SLEW_MS) {
      freshFrom = latest
      latest = now
      nonces.renew()
    }
  }

  return {
    judge(headers, client, now) {
      const token = dpopToken(headers.all('authorization')[0] ?? '')
      if (token === undefined) return undefined
      const [text] = headers.all('dpop')
      if (text === undefined) return ABSENT
      followClock(now)
      const read = reader.read(text)
      if (!read.ok) return { kind: 'invalid', why: read.why }
      const { id, tokenHash, nonce: named, ...said } = read.proof
      const ofToken = tokenHash === hash('sha256', token, 'base64url')
      const nonce = nonces.judge(named, now)
      const made = nonce === 'good' || nonce === 'aging' || said.issuedAt * 1000 >= freshFrom
      const age = now / 1000 - said.issuedAt
      // What no rule takes anyway need not be remembered.
      const taken = ofToken && age <= MAX_PROOF_AGE_SECONDS && -age <= MAX_PROOF_AHEAD_SECONDS
      const use = !made
        ? 'before-start'
        : taken
          ? replays.take(
              hash('sha256', `${said.key}.${id}`, 'base64url'),
              client,
              MAX_PROOF_AGE_SECONDS - age,
              clock.monotonic(),
            )
          : 'new'
      return { kind: 'verified', ...said, ofToken, nonce, use }
    },
    nonce: nonces.current,
  }
}
