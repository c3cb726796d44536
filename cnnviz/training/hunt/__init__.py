"""The hunt for one hidden fault: cases by number, instruments that cost, answers, results."""
