package command

import (
	"strings"
	"time"

	"spacebridge/connectors/sqlite"
)

// writeDetail writes the table of a hold as it is, below its reason.
func writeDetail(text *strings.Builder, detail string) {
	if detail == "" {
		return
	}
	text.WriteString("\n")
	for line := range strings.Lines(detail) {
		text.WriteString(strings.TrimRight("            "+line, " \n") + "\n")
	}
	text.WriteString("\n")
}

// writeDocuments writes the chain of invoices where there was more than one.
func (d dossier) writeDocuments(text *strings.Builder, place *time.Location) {
	if len(d.documents) < 2 {
		return
	}
	ways := map[string]string{sqlite.StepIssue: "issued", sqlite.StepReissue: "issued again", "found": "found in the books"}
	t := &table{}
	for _, one := range d.documents {
		fate := "the sale's invoice"
		if one.ReplacedBy != "" {
			fate = "replaced by " + one.ReplacedBy
		}
		heading := ""
		if one.Seq == 1 {
			heading = "  invoices"
		}
		t.add(heading, one.ID, or(ways[one.Step], one.Step), clock(one.RecordedAt, place), fate)
	}
	_ = t.write(text) // a strings.Builder takes everything
}
