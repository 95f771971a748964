package orderspace

import "context"

// PreorderWindow is a season that customers order for in advance. See https://apidocs.orderspace.com/#preorder-windows.
type PreorderWindow struct {
	ID         string
	Name       string
	Deadline   string // plain dates, "" if there is none
	Due        string
	Categories []CategoryRef
}

var preorderWindows = resource[PreorderWindow]{
	route: "/preorder_windows", plural: "preorder_windows", singular: "preorder_window",
	read: func(r *reader) PreorderWindow {
		return PreorderWindow{
			ID: r.text("id"), Name: r.text("name"), Deadline: r.text("deadline"), Due: r.text("due"),
			Categories: each(r, "categories", readCategoryRef),
		}
	},
}

// PreorderWindows reads all preorder windows. The list has no pages.
//
// Endpoint: GET /preorder_windows. Errors: *rest.Error, *trade.Fault.
func (c *Client) PreorderWindows(ctx context.Context) ([]PreorderWindow, error) {
	return preorderWindows.all(ctx, c)
}
