import { overBothStores } from './both-stores.ts'
import { authorizationContract } from './authorization-contract.ts'

overBothStores(authorizationContract)
