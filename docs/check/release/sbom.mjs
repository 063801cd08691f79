// Makes npm's CycloneDX bill of materials reproducible by removing times, random numbers and folder names (T-126).
import { text } from 'node:stream/consumers'

const bill = JSON.parse(await text(process.stdin))
delete bill.serialNumber
delete bill.metadata.timestamp
bill.metadata.component.name = 'rex'
bill.components.sort(byRef)
bill.dependencies.sort(byRef)
console.log(JSON.stringify(bill, null, 2))

function byRef(a, b) {
  const [left, right] = [a['bom-ref'] ?? a.ref, b['bom-ref'] ?? b.ref]
  return left < right ? -1 : Number(left > right)
}
