import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bankApi, CONSENT, goodFacts, NODE, OPERATIONS } from '../../test/decide/bank-plan.ts'
import { linearRegex } from '../../test/support/linear-regex.ts'
import { answerFor, contentFor, isJson, MAX_PROJECTORS, prepareAnswers } from './answer.ts'
import { preparePublicLink } from './public-link.ts'
import { type Schemas, prepareSchemas } from './schemas.ts'
import { prepareSelector } from './selection.ts'

const schemas = prepareSchemas(bankApi().schema, { regex: linearRegex })
const link = preparePublicLink(bankApi())
const BY_SCHEMA = { freeForm: 'strip', drop: [], unless: [], rows: [], directions: {} } as const

describe('answers', () => {
  const [operation] = OPERATIONS
  assert.ok(operation)
  const content = (mediaType: string, schema: number) => ({ mediaType, schema })
  const answers = prepareAnswers(
    {
      ...operation,
      responses: [
        { status: '404', headers: [], content: [] },
        { status: '4xx', headers: [], content: [] },
        { status: 'default', headers: [], content: [] },
        {
          status: '200',
          headers: [],
          content: [
            content('*/*', NODE.bytes),
            content('application/*', NODE.text),
            content('application/json', NODE.error),
          ],
        },
      ],
    },
    schemas,
    prepareSelector(BY_SCHEMA),
    link,
  )

  test('`answerFor` takes the code, then its range, then the default', () => {
    assert.equal(answerFor(answers, 404), answers.get('404'))
    assert.equal(answerFor(answers, 403), answers.get('4XX'))
    assert.equal(answerFor(answers, 201), answers.get('DEFAULT'))
  })

  test('`contentFor` takes the media type, then its range, then anything; nothing for none', () => {
    const answer = answers.get('200')
    assert.ok(answer)
    assert.equal(contentFor(answer, 'application/json')?.mediaType, 'application/json')
    assert.equal(contentFor(answer, 'application/pdf')?.mediaType, 'application/*')
    assert.equal(contentFor(answer, 'text/csv')?.mediaType, '*/*')
    assert.equal(contentFor(answer, ''), undefined)
  })

  test('`isJson` knows JSON by its name or suffix', () => {
    for (const name of ['application/json', 'application/problem+json', 'text/x+json'])
      assert.ok(isJson(name), name)
    for (const name of ['application/jose', 'text/json5', 'application/json5', ''])
      assert.ok(!isJson(name), name)
  })
})

test('projectors are kept for as many sets of permissions as the limit says, and no more', () => {
  let made = 0
  const counting: Schemas = {
    ...schemas,
    projector(id, selection) {
      made++
      return schemas.projector(id, selection)
    },
  }
  const unless = Array.from({ length: 7 }, (_, at) => ({ permission: `P${at}`, drop: [] }))
  const [operation] = OPERATIONS
  assert.ok(operation)
  const answers = prepareAnswers(
    operation,
    counting,
    prepareSelector({ ...BY_SCHEMA, unless }),
    link,
  )
  const [content] = answers.get('200')?.contents ?? []
  const ask = (set: number): void => {
    const permissions = new Set(
      unless.flatMap(({ permission }, at) =>
        Math.floor(set / 2 ** at) % 2 === 1 ? permission : [],
      ),
    )
    content?.project?.(goodFacts('', { consent: { ...CONSENT, permissions } }))
  }
  for (let set = 0; set < MAX_PROJECTORS; set++) ask(set)
  for (let set = 0; set < MAX_PROJECTORS; set++) ask(set)
  assert.equal(made, MAX_PROJECTORS)
  ask(MAX_PROJECTORS)
  ask(0)
  assert.equal(made, MAX_PROJECTORS + 2)
})
