import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samePerson } from './same-person.ts'

test('`samePerson`: who writes their own name in another way is nobody else', () => {
  for (const name of [
    'ines moreau',
    '  Ines   Moreau ',
    'Ｉｎｅｓ Moreau',
    'Ines\u00a0Moreau',
    // What nobody sees: zero width, soft hyphen, joiner, variation selector, filler.
    'Ines\u200b Moreau',
    'In\u00ades Moreau',
    'Ines Moreau\u2060',
    'Ines \u200d Moreau',
    'Ines\ufe0f Moreau',
    '\u3164Ines Moreau',
    '\ufeffInes Moreau',
  ])
    assert.equal(samePerson('Ines Moreau', name), true, JSON.stringify(name))
  for (const name of ['Tom Okafor', 'Ines', 'Ines Moreau 2', 'Inés Moreau'])
    assert.equal(samePerson('Ines Moreau', name), false, name)
})
