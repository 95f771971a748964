package mapping

// buyer: the tax number, half of the buyer's legal identity, stands in the customer's record and nowhere else. So there
// is no sale without it. After issue the identity is history: a customer deleted since changes nothing that was issued.
func buyer(r *review) *Decision {
	if r.Customer != nil && r.CustomerFault == nil && !r.CustomerGone {
		if id := r.Customer.ID; id != "" && id != r.doc.CustomerID {
			return r.hold(RuleBuyerMissing, HoldCustomerMissing, "the %s names customer %s, and the record read is %s", r.noun(), quoted(r.doc.CustomerID, 40), quoted(id, 40))
		}
		return nil
	}
	switch {
	case r.Books.issued() && (r.CustomerGone || r.CustomerFault != nil || r.doc.CustomerID == ""):
		return nil
	case r.doc.CustomerID == "":
		return r.hold(RuleBuyerMissing, HoldCustomerMissing, "the %s names no customer, so the buyer's tax number is not known", r.noun())
	case r.CustomerGone:
		return r.hold(RuleBuyerMissing, HoldCustomerMissing, "customer %s was deleted in Orderspace, so the buyer's tax number is not known", quoted(r.doc.CustomerID, 40))
	case r.CustomerFault != nil:
		fault := r.CustomerFault
		return r.hold(RuleBuyerUnreadable, HoldUnreadable, "customer %s cannot be read: %s is %s: %s", quoted(r.doc.CustomerID, 40), fault.Field, fault.Value, fault.Remedy)
	default:
		return r.read(RuleBuyerUnread, r.customerRef(), "customer %s has not been read", quoted(r.doc.CustomerID, 40))
	}
}

// buyerKnown reports whether the customer's record may be used.
func (r *review) buyerKnown() bool {
	return r.Customer != nil && r.CustomerFault == nil && !r.CustomerGone && r.doc.CustomerID != ""
}
