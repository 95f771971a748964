package embedded

import (
	"net/netip"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

const (
	clusterName = "active"
	shards      = 1
)

// serverConfig is what other installations write into the server's YAML files.
// Metrics and pprof have no address and therefore no listener.
func serverConfig(p ports, store *config.SQL) *config.Config {
	disabled := config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}
	return &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     sqliteplugin.PluginName,
			VisibilityStore:  sqliteplugin.PluginName,
			NumHistoryShards: shards,
			DataStores:       map[string]config.DataStore{sqliteplugin.PluginName: {SQL: store}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: 1,
				RPCAddress:             p.frontend.String(),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): service(p.frontend),
			string(primitives.HistoryService):  service(p.history),
			string(primitives.MatchingService): service(p.matching),
			string(primitives.WorkerService):   service(p.worker),
		},
		PublicClient: config.PublicClient{HostPort: p.frontend.String()},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: disabled},
	}
}

func service(addr netip.AddrPort) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: int(addr.Port()), BindOnIP: addr.Addr().String()}}
}

// staticHosts tells the services where the others are, instead of a gossip ring with
// four more ports, heartbeats in the database and seconds of waiting at the start.
func staticHosts(p ports) map[primitives.ServiceName]static.Hosts {
	return map[primitives.ServiceName]static.Hosts{
		primitives.FrontendService: static.SingleLocalHost(p.frontend.String()),
		primitives.HistoryService:  static.SingleLocalHost(p.history.String()),
		primitives.MatchingService: static.SingleLocalHost(p.matching.String()),
		primitives.WorkerService:   static.SingleLocalHost(p.worker.String()),
	}
}

// tuning fits a server made for fleets to one daemon: nothing leaves the machine, no
// request limit stands in the way of a month of orders, and what is sized for
// thousands of tenants is sized for one.
func tuning() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// The version check is the server's one outbound call.
		dynamicconfig.EnableServerVersionCheck.Key(): false,

		// The limits protect tenants from each other; here is one, and SQLite is slower
		// than all of them. Visibility queries are 10 a second by default: less than an
		// operator clicking through the UI while a backfill lists its workflows.
		dynamicconfig.FrontendRPS.Key():                                         100_000,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  100_000,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        1_000,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): 10_000,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           100_000,
		dynamicconfig.HistoryRPS.Key():                                          100_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            100_000,
		dynamicconfig.MatchingRPS.Key():                                         100_000,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           100_000,
		dynamicconfig.TransferProcessorMaxPollRPS.Key():                         1_000,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():                            1_000,
		// Retry a batch of sales in the UI without waiting for the one before.
		dynamicconfig.FrontendMaxConcurrentBatchOperationPerNamespace.Key(): 5,

		dynamicconfig.FrontendEnableSchedules.Key():               true,
		dynamicconfig.WorkerEnableScheduler.Key():                 true,
		dynamicconfig.FrontendEnableUpdateWorkflowExecution.Key(): true,
		dynamicconfig.EnableEagerWorkflowStart.Key():              true,
		// A daemon that stops is handed no more work: a task handed out just then would be lost for ten seconds.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// Children are closed by the history service; no extra worker polls for them.
		dynamicconfig.EnableParentClosePolicyWorker.Key(): false,

		// The scavengers look for rows which crashed servers of a fleet left behind. Here
		// that is a few rows a year, and their workers poll all the time, even after Stop.
		dynamicconfig.TaskQueueScannerEnabled.Key(): false,
		dynamicconfig.HistoryScannerEnabled.Key():   false,

		// One partition of each task queue: no forwarding between partitions.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// Entries and bytes of the caches, goroutines of the queues: all work ends in one
		// SQLite connection, more hands would only queue for it.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():             500,
		dynamicconfig.EventsCacheMaxSizeBytes.Key():                  8 << 20,
		dynamicconfig.TransferProcessorSchedulerWorkerCount.Key():    32,
		dynamicconfig.TimerProcessorSchedulerWorkerCount.Key():       32,
		dynamicconfig.VisibilityProcessorSchedulerWorkerCount.Key():  16,
		dynamicconfig.MemoryTimerProcessorSchedulerWorkerCount.Key(): 8,
		dynamicconfig.ArchivalProcessorSchedulerWorkerCount.Key():    1,

		dynamicconfig.ReplicationProcessorSchedulerWorkerCount.Key():            1,
		dynamicconfig.ReplicationLowPriorityProcessorSchedulerWorkerCount.Key(): 1,

		// Nobody reads these signals: the metrics go nowhere.
		dynamicconfig.PersistenceHealthSignalMetricsEnabled.Key():     false,
		dynamicconfig.PersistenceHealthSignalAggregationEnabled.Key(): false,
		dynamicconfig.HistoryHealthSignalMetricsEnabled.Key():         false,
	}
}
