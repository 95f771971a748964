package mutants

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

const assertion = `--- FAIL: TestWrites (0.01s)
    --- PASS: TestWrites/one (0.00s)
    --- FAIL: TestWrites/two (0.00s)
        write_test.go:12: 
            	Error Trace:	/src/write_test.go:12
            	Error:      	Not equal: 
            	            	expected: 1
            	            	actual  : 2
            	            	
            	            	Diff:
            	Test:       	TestWrites/two
            	Messages:   	requests
    --- FAIL: TestWrites/three (0.00s)
        write_test.go:12: another
FAIL
`

// A mutant counts as killed when an assertion failed, and in no other way of ending.
func TestJudge(t *testing.T) {
	ended := errors.New("exit status 1")
	for name, c := range map[string]struct {
		out  string
		err  error
		want verdict
		text string
	}{
		"passes":             {"PASS\n", nil, verdict{}, ""},
		"an assertion":       {assertion, ended, verdict{true, "TestWrites/two", "requests: Not equal: expected: 1 actual : 2"}, ""},
		"words of its own":   {"--- FAIL: TestX (0.00s)\n    x_test.go:3: seed 7: two invoices\nFAIL\n", ended, verdict{true, "TestX", "seed 7: two invoices"}, ""},
		"a heading":          {"--- FAIL: TestX (0.00s)\n    x_test.go:3: seed 7:\n          two invoices\n          and more\nFAIL\n", ended, verdict{true, "TestX", "seed 7: two invoices"}, ""},
		"too late":           {"panic: test timed out after 1s\n", ended, verdict{}, "something else"},
		"a crash":            {"--- FAIL: TestX (0.00s)\npanic: runtime error\n", ended, verdict{}, "something else"},
		"a race of the maps": {"fatal error: concurrent map writes\n", ended, verdict{}, "something else"},
		"nothing to read":    {"", ended, verdict{}, "something else"},
		"no tests":           {"testing: warning: no tests to run\nPASS\n", nil, verdict{}, "no tests"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := judge(c.out, c.err)
			if c.text != "" {
				require.ErrorContains(t, err, c.text)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

// A mutant whose text is gone, or stands there twice, fits no more.
func TestStaleMutantIsNoticed(t *testing.T) {
	good := mutant{name: "n", guard: "g", unit: []killer{in("worker/mutants", "TestJudge")}}
	for name, c := range map[string]struct {
		edit edit
		text string
	}{
		"gone":           {edit{"worker/mutants/doc.go", "no such text", "x"}, "0 times"},
		"twice":          {edit{"worker/mutants/doc.go", "mutant", "x"}, "not once"},
		"nothing new":    {edit{"worker/mutants/doc.go", "package mutants", "package mutants"}, "nothing is replaced"},
		"does not parse": {edit{"worker/mutants/doc.go", "package mutants", "package {"}, "expected"},
		"no such file":   {edit{"worker/mutants/none.go", "x", "y"}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good
			m.edits = []edit{c.edit}
			require.ErrorContains(t, m.check(), c.text)
		})
	}
	good.edits = []edit{{"worker/mutants/doc.go", "\npackage mutants\n", "\npackage mutants // changed\n"}}
	require.NoError(t, good.check())
	good.unit = []killer{in("worker/mutants", "TestThatIsNotThere")}
	require.ErrorContains(t, good.check(), "has no TestThatIsNotThere")
}
