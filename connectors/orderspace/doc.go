// Package orderspace is the client of the Orderspace REST API, and the translation of its records into ours.
//
// Every resource has a file with its record as it comes over the wire, its filters and its calls. Orders, invoices,
// dispatches and customers also become records of package trade: first filed by Peek, which understands little and never
// fails, later decoded by Decoder, which is exact and names the field it cannot accept.
//
// Numbers are never binary floating point: an amount stays the decimal that was sent. Absent, null and "" mean the same
// everywhere, because Orderspace uses them interchangeably (recorded 2022 and 2025).
//
// Reference: https://apidocs.orderspace.com
package orderspace
