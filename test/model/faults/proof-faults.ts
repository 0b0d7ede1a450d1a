/** Faults of DPoP proofs: what the FAPI conformance suite tries, and replays. */
import { ORIGIN } from '../house.ts'
import { publicPart, type Recipe } from '../recipe.ts'
import { type Around, type Fault, fault, seconds, withProof } from './fault.ts'

const proven = (
  name: string,
  change: (
    proof: NonNullable<Recipe['proof']>,
    claims: Record<string, unknown>,
    around: Around,
    recipe: Recipe,
  ) => void,
): Fault =>
  fault(name, withProof, (recipe, around) => {
    if (recipe.proof !== null && recipe.token !== null)
      change(recipe.proof, recipe.token.claims, around, recipe)
  })
const proofClaim = (
  name: string,
  values: (around: Around, recipe: Recipe) => readonly unknown[],
): Fault =>
  fault(`claim ${name} of a proof`, withProof, (recipe, around) => {
    if (recipe.proof !== null) recipe.proof.claims[name] = around.one(...values(around, recipe))
  })
export const PROOFS = [
  proven('no proof', (_proof, claims, _around, recipe) => {
    claims['cnf'] = { jkt: 'A'.repeat(43) }
    recipe.scheme = 'DPoP'
    recipe.proof = null
  }),
  proven('a text that is no proof', (proof, _claims, { one }) => {
    proof.text = one('garbage', 'a.b.c', '', 'e30.e30.e30')
  }),
  proven('a proof bent', (proof) => {
    proof.mend = (text) => text.replace(/\.[\w-]+$/, `.${'A'.repeat(85)}Q`)
  }),
  proven('a proof by another key', (proof, claims, { world }) => {
    claims['cnf'] = { jkt: 'B'.repeat(43) }
    proof.key = world.proofKeys[0]
  }),
  proven('header of a proof', (proof, _claims, { world, one }) => {
    const header = proof.header
    const [name, ...values] = one<readonly unknown[]>(
      ['typ', 'jwt', undefined, 'application/dpop+jwt'],
      ['alg', 'none', 'PS256', undefined],
      [
        'jwk',
        undefined,
        'x',
        { ...publicPart(world.proofKeys[0]), d: 'A'.repeat(43) },
        publicPart(world.issuerKeys[0]),
      ],
      ['crit', ['x']],
      ['kid', 'anything'],
    )
    header[String(name)] = one(...values)
  }),
  proofClaim('htm', ({ one }) => [one('PUT', 'get', '', undefined)]),
  proofClaim('htu', (_around, { path }) => [
    `${ORIGIN}${path}?x=1`,
    `${ORIGIN}${path}#x`,
    `${ORIGIN.toUpperCase()}${path}`,
    `${ORIGIN}:443${path}`,
    `${ORIGIN}/elsewhere`,
    `http://api.bank.example${path}`,
    `https://other.example${path}`,
    'no address',
    undefined,
  ]),
  proofClaim('iat', ({ now }) => [
    seconds(now) - 45,
    seconds(now) - 90,
    seconds(now) - 3_600,
    seconds(now) + 5,
    seconds(now) + 30,
    seconds(now) + 3_600,
    undefined,
    'now',
  ]),
  proofClaim('ath', () => [undefined, 'x', 'A'.repeat(43), 7]),
  proofClaim('jti', ({ sent, one }) => [
    undefined,
    '',
    'j'.repeat(257),
    7,
    ...(sent.length > 0 ? [one(...sent).jti, one(...sent).jti] : []),
  ]),
  proofClaim('nonce', ({ nonces }) => [nonces.at(-1), nonces.at(-1), nonces.at(0), 'made-up', 7]),
  proven('a proof from before the start', (proof, _claims, { world, one, nonces }) => {
    proof.claims['iat'] = seconds(world.now) - 1
    if (one(true, false) && nonces.length > 0) proof.claims['nonce'] = nonces.at(-1)
  }),
]
