package books

// remember keeps what an order looks like from now on, for the lists that lag behind (Options.ListLag).
func (b *Books) remember(o *Order) {
	if b.opts.ListLag <= 0 {
		return
	}
	versions := b.past[o.ID]
	// One that is older than the lag is shown until the next gets as old; what came before it never is.
	shown := b.now().Add(-b.opts.ListLag)
	for len(versions) > 1 && !versions[1].UpdatedAt.After(shown) {
		versions = versions[1:]
	}
	b.past[o.ID] = append(versions, o.clone())
}

// listed is an order as lists show it; nil if they do not show it yet.
func (b *Books) listed(o *Order) *Order {
	if b.opts.ListLag <= 0 {
		return o
	}
	shown := b.now().Add(-b.opts.ListLag)
	versions := b.past[o.ID]
	for i := len(versions) - 1; i >= 0; i-- {
		if !versions[i].UpdatedAt.After(shown) {
			return &versions[i]
		}
	}
	return nil
}
