/** A customer with two devices: a third party's app that asks, and a phone on which the bank's page of approvals is open. */
import assert from 'node:assert/strict'
import { type Ask, makeClient, post, type TestClient } from '../client.ts'
import { page, Person, type Shown } from '../consents/journey.ts'

export const CIBA = 'urn:openid:params:grant-type:ciba'
export const APPROVALS = '/approvals'

export const decoupledClient = (id: string, more = {}): Promise<TestClient> =>
  makeClient(id, {
    client_name: 'Budget Buddy',
    grant_types: [CIBA, 'refresh_token', 'client_credentials'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
    ...more,
  })

export const poll = (ask: Ask, client: TestClient, id: string) =>
  post(ask, client, '/token', { grant_type: CIBA, auth_req_id: id })

/** Logged in on the phone: the list of what waits. */
export async function phoneOf(ask: Ask, username = 'amira') {
  const person = new Person(ask)
  const list = page(await person.login(page(await person.open(APPROVALS)), username))
  return {
    person,
    list,
    /** The list as it is now. */
    look: async () => page(await person.open(APPROVALS)),
    /** The newest that waits. */
    async open(): Promise<Shown> {
      const paths = pathsIn(page(await person.open(APPROVALS)))
      assert.ok(paths.length > 0, 'nothing waits')
      return page(await person.open(paths.at(-1) ?? ''))
    },
    approve: (shown: Shown, fields: readonly (readonly [string, string])[] = []) =>
      person.send(shown, /\/approve$/, fields),
    refuse: (shown: Shown) => person.send(shown, /\/refuse$/),
  }
}
export const pathsIn = ({ text }: Shown): string[] =>
  [...text.matchAll(/href="(\/approvals\/[^"]+)"/g)].map(([, path = '']) => path)
