import { overBothStores } from '../../store/both-stores.ts'
import { ledgerContract } from './ledger-contract.ts'

overBothStores(ledgerContract)
