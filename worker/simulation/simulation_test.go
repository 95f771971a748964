package simulation

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	seedsFlag  = flag.Int("simulation.seeds", 16, "how many worlds")
	firstFlag  = flag.Uint64("simulation.first", 1, "seed of the first world")
	daysFlag   = flag.Int("simulation.days", 30, "simulated days of each world until it is healed")
	reportFlag = flag.String("simulation.report", "", "file for the figures, as JSON")
	traceFlag  = flag.Bool("simulation.trace", false, "print the whole trace of each world")
)

// room is where the ledgers of the worlds are: in memory where there is some, since a simulated disk needs no real one.
var room = sync.OnceValue(func() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return os.TempDir()
})

// live runs one world in a bubble of its own, which does not end before every goroutine of the world has.
func live(t *testing.T, seed uint64, p profile, prepare func(*World)) (result Result) {
	t.Helper()
	dir, err := os.MkdirTemp(room(), "spacebridge-world") //nolint:usetesting // in memory, and removed with each world
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	synctest.Test(t, func(*testing.T) {
		w := newWorld(seed, p, dir)
		if prepare != nil {
			prepare(w)
		}
		result = w.run()
		if *traceFlag {
			result.Trace = w.trace.about() + fmt.Sprintln(result.Points)
		}
	})
	result.Failures = append(result.Failures, leftBehind(t, dir)...)
	return result
}

// leftBehind names files of a world that are still open, or that nobody should have made.
func leftBehind(t *testing.T, dir string) []string {
	t.Helper()
	var wrong []string
	open, _ := filepath.Glob("/proc/self/fd/*") // none where there is no /proc
	for _, fd := range open {
		if file, err := os.Readlink(fd); err == nil && strings.HasPrefix(file, dir+"/") {
			wrong = append(wrong, "still open: "+strings.TrimPrefix(file, dir))
		}
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, file := range files {
		if file.Name() != "ledger.db" && file.Name() != "backups" {
			wrong = append(wrong, "left behind: "+file.Name())
		}
	}
	return wrong
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	total := &Counts{}
	began := time.Now()
	var next atomic.Uint64
	next.Store(*firstFlag)
	seeds := *seedsFlag
	if racing {
		seeds = min(seeds, 4)
	}
	end := *firstFlag + uint64(seeds)
	var failed atomic.Int32
	t.Run("worlds", func(t *testing.T) {
		for n := range runtime.GOMAXPROCS(0) {
			t.Run(strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1) - 1; seed < end && failed.Load() < 3; seed = next.Add(1) - 1 {
					p := newProfile(seed, *daysFlag)
					if seed%2 == 0 {
						p = p.withLifecycles(seed)
					}
					result := live(t, seed, p, nil)
					total.Add(result.Counts)
					if *traceFlag {
						t.Log(result.Trace)
					}
					if len(result.Failures) > 0 {
						failed.Add(1)
						t.Error(result)
					}
				}
			})
		}
	})
	text, err := json.MarshalIndent(total, "", "  ")
	require.NoError(t, err)
	t.Logf("%s in %s", text, time.Since(began).Round(time.Second))
	if *reportFlag != "" {
		require.NoError(t, os.WriteFile(*reportFlag, text, 0o600))
	}
}
