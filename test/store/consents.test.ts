import { consentsContract } from './consents-contract.ts'
import { overBothStores } from './both-stores.ts'

overBothStores(consentsContract)
