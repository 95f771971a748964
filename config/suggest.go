package config

import (
	"slices"
	"strings"
)

// suggest finds the word that was probably meant, or "".
func suggest(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(word), candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// didYouMean is suggest as a sentence, with the choices when nothing is near.
func didYouMean(word string, known []string) string {
	if near := suggest(word, known); near != "" {
		return `did you mean "` + near + `"?`
	}
	sorted := slices.Sorted(slices.Values(known))
	return "known here: " + strings.Join(sorted, ", ")
}

// editDistance counts the letters to insert, drop or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
