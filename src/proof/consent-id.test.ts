import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../lib/index.ts'
import { type ConsentPlace, readConsentId } from './consent-id.ts'

const CLAIM: ConsentPlace = { consent: 'consent_id' }
const SCOPE: ConsentPlace = { consent: 'consent:', consentIn: 'scope' }
const DETAIL: ConsentPlace = { consent: 'consent_id', consentIn: 'authorization_details' }

type Row = readonly [
  what: string,
  place: ConsentPlace,
  scopes: string,
  payload: JsonObject,
  id: string,
]
const rows: readonly Row[] = [
  ['a claim', CLAIM, '', { consent_id: 'c-1' }, 'c-1'],
  ['a list of one, as Keycloak writes it', CLAIM, '', { consent_id: ['c-1'] }, 'c-1'],
  ['a list of two', CLAIM, '', { consent_id: ['c-1', 'c-2'] }, ''],
  ['an empty list', CLAIM, '', { consent_id: [] }, ''],
  ['a list with a number', CLAIM, '', { consent_id: ['c-1', 7] }, ''],
  ['a list in a list', CLAIM, '', { consent_id: [['c-1']] }, ''],
  ['a number', CLAIM, '', { consent_id: 7 }, ''],
  ['null', CLAIM, '', { consent_id: null }, ''],
  ['no claim', CLAIM, 'consent:c-1', {}, ''],
  ['a member of every object', { consent: 'toString' }, '', {}, ''],
  ['a scope', SCOPE, 'openid consent:c-1 payments', { consent_id: 'c-2' }, 'c-1'],
  [
    'a scope with colons',
    SCOPE,
    'consent:urn:bancoex:C1DD33123 payments',
    {},
    'urn:bancoex:C1DD33123',
  ],
  ['two scopes', SCOPE, 'consent:c-1 consent:c-2', {}, ''],
  ['one scope twice', SCOPE, 'consent:c-1 consent:c-1', {}, 'c-1'],
  ['a scope without an id', SCOPE, 'consent: accounts', {}, ''],
  ['no scope', SCOPE, 'openid accounts', { consent_id: 'c-1' }, ''],
  ['a scope that only ends so', SCOPE, 'noconsent:c-1', {}, ''],
  [
    'a detail',
    DETAIL,
    '',
    { authorization_details: [{ type: 'account_access', consent_id: 'c-1' }] },
    'c-1',
  ],
  [
    'two details of one consent, and one of none',
    DETAIL,
    '',
    { authorization_details: [{ consent_id: 'c-1' }, { type: 'other' }, { consent_id: 'c-1' }] },
    'c-1',
  ],
  [
    'details of two consents',
    DETAIL,
    '',
    { authorization_details: [{ consent_id: 'c-1' }, { consent_id: 'c-2' }] },
    '',
  ],
  ['a detail that is no list', DETAIL, '', { authorization_details: { consent_id: 'c-1' } }, ''],
  ['details of texts', DETAIL, '', { authorization_details: ['c-1'] }, ''],
  ['no details', DETAIL, '', { consent_id: 'c-1' }, ''],
]
for (const [what, place, scopes, payload, id] of rows)
  test(`\`readConsentId\`, ${what}: ${id === '' ? 'none' : id}`, () =>
    assert.equal(
      readConsentId(
        place,
        scopes.split(' ').filter((one) => one !== ''),
        payload,
      ),
      id,
    ))
