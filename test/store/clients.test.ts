import { overBothStores } from './both-stores.ts'
import { clientsContract } from './clients-contract.ts'

overBothStores(clientsContract)
