/** Who may register at the authorization server: whose statements are believed, and which register says who is authorised. */
import { numberIn, text, yesOrNo } from './shape.ts'
import { defaulted, list, object, optional, required } from './shape-collections.ts'
import { keySet, signedList } from './shape-references.ts'

const directory = object('a directory', {
  issuer: required(text, 'Value of "iss" in its software statements.', 'OpenBanking Ltd'),
  jwks: required(
    keySet,
    'The keys that it signs with (JWKS): a file, or an https URL.',
    'directory-jwks.json',
    'https://keystore.openbanking.org.uk/keystore/openbanking.jwks',
  ),
  maxAgeSeconds: defaulted(
    numberIn(60, 2_592_000, true),
    { value: 86_400, shown: 86_400 },
    'The oldest software statement that is taken, in seconds since "iat".',
  ),
})
const register = object('a register', {
  from: required(
    signedList,
    'The signed register (a JWS in compact form): a file that is read again when it changes, or an https URL that is asked every minute.',
    'register.jws',
    'https://directory.example/register',
  ),
  jwks: required(
    keySet,
    'The keys of whoever signs it (JWKS): a file, or an https URL.',
    'directory-jwks.json',
  ),
})

export const registration = object('registration', {
  directories: defaulted(
    list(directory),
    { value: [], shown: [] },
    'Whose software statements are believed; without one, certificate and register alone say who somebody is.',
  ),
  register: optional(
    register,
    'Says which organisations are authorised, and for what; whom it withdraws has no access any more. Without it nobody registers but partners.',
  ),
  partners: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Whom no register lists may register with a software statement, and waits until somebody at the bank approves.',
  ),
  fapi1: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'A third party may ask to be held to FAPI 1.0 Advanced (fapi_profile: 1.0-advanced), where an ecosystem still has it; else to FAPI 2.0 alone.',
  ),
})
