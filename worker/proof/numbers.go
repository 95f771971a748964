package main

import (
	"fmt"
	"strconv"
	"time"
)

// number writes an integer with commas between its thousands.
func number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// plural counts things whose plural is regular.
func plural(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return number(n) + " " + of + "s"
}

// lasted writes a time as people say it.
func lasted(seconds int) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d < 2*time.Minute:
		return strconv.Itoa(seconds) + " s"
	case d < 2*time.Hour:
		return strconv.Itoa(seconds/60) + " min"
	default:
		return fmt.Sprintf("%d h %d min", seconds/3600, seconds/60%60)
	}
}
