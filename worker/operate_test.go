package worker_test

import (
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
	"spacebridge/workflows"
)

// filter selects the sales of the house in one state.
func (h *house) filter(state trade.State) sqlite.SaleFilter {
	return sqlite.SaleFilter{Connection: "acme", State: state}
}

// tell gives an operator's word as the command line does: into the ledger, then a nudge.
func (h *house) tell(saleID, command, reason string) {
	h.t.Helper()
	ledger, err := sqlite.Open(h.t.Context(), sqlite.Options{Path: h.config.LedgerPath(), SkipCheck: true})
	require.NoError(h.t, err)
	defer ledger.Close()
	require.NoError(h.t, ledger.Command(h.t.Context(), "acme", saleID, sqlite.CommandKind(command), reason, "test"))
	c, err := worker.Dial(h.t.Context(), h.info.TemporalAddress, "default", nil, nil)
	require.NoError(h.t, err)
	defer c.Close()
	require.NoError(h.t, workflows.StartSyncSale(h.t.Context(), c, h.config.Temporal.TaskQueue, "acme", saleID, ""))
}

// loseTemporal removes the embedded server's file.
func (h *house) loseTemporal() {
	h.t.Helper()
	files, err := filepath.Glob(h.config.TemporalPath() + "*")
	require.NoError(h.t, err)
	require.NotEmpty(h.t, files)
	for _, file := range files {
		require.NoError(h.t, os.Remove(file))
	}
}
