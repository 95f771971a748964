package eu

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumberReads(t *testing.T) {
	cases := map[string]struct {
		json, want string // want "" for invalid
		fails      bool
	}{
		"integer":               {json: `122`, want: "122"},
		"trailing zero":         {json: `20.0`, want: "20.0"},
		"quoted":                {json: `"0.01"`, want: "0.01"},
		"null":                  {json: `null`},
		"empty text":            {json: `""`},
		"noise of a double":     {json: `0.30000000000000004`, want: "0.30000000000000004"},
		"a small exponent":      {json: `1e-7`, want: "0.0000001"},
		"too many digits":       {json: `12345678901234567890.12`, fails: true},
		"a word":                {json: `"many"`, fails: true},
		"something else at all": {json: `{}`, fails: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var n Number
			err := json.Unmarshal([]byte(c.json), &n)
			if c.fails {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want != "", n.Decimal().Valid)
			require.Equal(t, c.want == "", n.IsZero())
			if c.want != "" {
				require.Equal(t, c.want, n.Decimal().Decimal.String())
			}
		})
	}
}

func TestFieldHasThreeStates(t *testing.T) {
	body, err := json.Marshal(struct {
		Left    Field[string] `json:"left,omitzero"`
		Cleared Field[string] `json:"cleared,omitzero"`
		Empty   Field[string] `json:"empty,omitzero"`
	}{Cleared: Null[string](), Empty: Set("")})
	require.NoError(t, err)
	require.JSONEq(t, `{"cleared":null,"empty":""}`, string(body))
}

func TestMetadataKeepsWhatIsNotText(t *testing.T) {
	var m Metadata
	require.NoError(t, json.Unmarshal([]byte(`{"a":"x","b":1.50,"c":null}`), &m))
	require.Equal(t, Metadata{"a": "x", "b": "1.50", "c": ""}, m)
	require.NoError(t, json.Unmarshal([]byte(`[]`), &m))
	require.Empty(t, m)
}
