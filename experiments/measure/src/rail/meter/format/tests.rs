//! Lines as meters and their programs write them: read whole, or refused with a remedy.

use super::*;

/// The powers of lines of one log in this form.
fn all(format: &mut Format, lines: &[&str]) -> Vec<Result<f64, String>> {
    let of = |line: &&str| match format.line(line) {
        Line::Power(seconds, watts) => {
            assert!((seconds - 1_795_964_793.0).abs() < 1.0, "{line}: {seconds}");
            Some(Ok(watts))
        }
        Line::Empty => None,
        Line::Invalid(what, hint) => Some(Err(format!("{what}\nhint: {hint}"))),
    };
    lines.iter().filter_map(of).collect()
}

fn one(line: &str) -> Result<f64, String> {
    all(&mut Format::default(), &[line]).remove(0)
}

#[test]
fn time_and_power_are_read_in_every_separator_and_decimal_sign() {
    for line in [
        "1795964793.865 7.5",
        "1795964793.865,7.5",
        "1795964793 ; 7.5 ;",
        "1795964793.865\t7.5\r",
        "1795964793,865;7,500",
        "1795964793,865\t7,500",
        "1795964793,865 7,500",
        "1795964793;7,50",
        "\u{feff}1795964793;7.500",
        "\"1795964793,865\",\"7,500\"",
        "\"1795964793.865\";\"7.5\"",
        "1795964793, 7.5 W",
        "1795964793 7500 mW",
        "1795964793;0,0075kW",
        "1795964793 7.5E+00",
    ] {
        assert_eq!(one(line), Ok(7.5), "{line}");
    }
}

#[test]
fn a_line_that_could_mean_two_powers_is_refused_with_the_line_and_the_remedy() {
    for (line, what, hint) in [
        ("1795964798;7,500", "could be a decimal sign or a thousands sign", "meter,decimal=comma:FILE"),
        ("1795964793.865\t7,750", "another decimal sign", "meter,decimal=comma:FILE"),
        ("1795964793,865;7.500", "another decimal sign", "meter,decimal=point:FILE"),
        ("1795964793.865 1,234.5", "not a plain number", "without a thousands sign"),
        ("1795964793;1.234,5", "not a plain number", "without a thousands sign"),
        ("1795964793;1\u{a0}234,5", "not a plain number", "without a thousands sign"),
        ("1795964793;1\u{202f}234,5", "not a plain number", "without a thousands sign"),
        ("1795964793;1 234,5", "not a plain number", "without a thousands sign"),
        ("1795964793.865 1 234.5", "more than a time and a power", "meter,column=2:FILE"),
        ("1795964793.865;7.5;230.1", "more than a time and a power", "meter,column=2:FILE"),
        ("1795964793;7.5;overload", "more than a time and a power", "meter,column=2:FILE"),
        ("1795964793,865,7,500", "could be decimal signs or separators", "semicolons"),
        ("1795964793,7,500", "could be decimal signs or separators", "semicolons"),
        ("1795964793,865, 7,500", "could be decimal signs or separators", "semicolons"),
        ("1795964793;----", "not a plain number", "hint"),
        ("1795964793;NaN", "not a plain number", "hint"),
        ("1795964793;9.9E+37A", "not a plain number", "hint"),
        ("1795964793;7.5 V", "not a plain number", "hint"),
        ("1795964793 9.91E+37", "no machine draws", "no value"),
        ("1795964793 -7.5", "no machine draws", "wrong way round"),
        ("1795964793,865\t", "not a plain number", "hint"),
        ("1795964793.865", "is not `seconds watts`", "hint"),
        ("1795964793865;7.5", "does not begin with Unix time", "date +%s.%N"),
        ("2026-11-30T07:33:13,865;7,5", "does not begin with Unix time", "date +%s.%N"),
        ("30.11.2026 07:33:13;7,5", "does not begin with Unix time", "date +%s.%N"),
        ("11/30/2026,7:33:13 AM,7.5", "does not begin with Unix time", "date +%s.%N"),
        ("45991,3149;7,5", "does not begin with Unix time", "date +%s.%N"),
        ("12.5 7.5", "does not begin with Unix time", "date +%s.%N"),
        ("{\"time\":1795964793,\"power\":7.5}", "does not begin with Unix time", "date +%s.%N"),
        ("1\x007\x009\x005\x00;\x007\x00", "is not UTF-8", "UTF-16"),
    ] {
        let error = one(line).expect_err(line);
        assert!(error.contains(what) && error.contains(hint) && error.starts_with('`'), "{line}: {error}");
    }
    let error = one("1795964793 \u{1b}[2J").expect_err("it is no power");
    assert!(!error.contains('\u{1b}'), "{error}");
}

#[test]
fn a_log_has_one_separator_and_one_decimal_sign() {
    let read =
        all(&mut Format::default(), &["1795964793;7,25", "1795964793;7,500", "1795964793;1.234", "1795964793 8"]);
    assert_eq!(read[..2], [Ok(7.25), Ok(7.5)]);
    assert!(read[2].as_ref().is_err_and(|error| error.contains("1.234") && error.contains("decimal sign")), "{read:?}");
    assert!(read[3].is_err(), "{read:?}");
    // Without the power, the milliseconds are not one.
    let read = all(&mut Format::default(), &["1795964793,865;7,5", "1795964793,865"]);
    assert!(read[1].is_err(), "{read:?}");
}

#[test]
fn what_is_ambiguous_is_read_as_declared() {
    let comma = || Format::declared(Some(','), None);
    assert_eq!(all(&mut comma(), &["1795964793;7,500", "1795964793.865;7,750"]), [Ok(7.5), Ok(7.75)]);
    let read = all(&mut comma(), &["1795964793;7.500", "1795964793,865", "1795964793,7,500", "1795964793;1.234,5"]);
    assert!(read.iter().all(Result::is_err), "{read:?}");
    let third = |decimal| Format::declared(decimal, Some(3));
    assert_eq!(all(&mut third(None), &["1795964793.865;230.1;7.5;0.03"]), [Ok(7.5)]);
    assert_eq!(all(&mut third(None), &["1795964793.865 230.1 7500 mW"]), [Ok(7.5)]);
    assert_eq!(all(&mut third(Some('.')), &["1795964793,230,7,500"]), [Ok(7.0)]);
    for line in ["1795964793.865;230.1;7.5;V", "1795964793.865 1.5 5.1 mA 2"] {
        assert!(all(&mut third(None), &[line])[0].as_ref().is_err_and(|error| error.contains("unit")), "{line}");
    }
    for line in ["1795964793,865,7,500", "1795964793.865;7.5"] {
        assert!(all(&mut third(None), &[line])[0].is_err(), "{line}");
    }
}

#[test]
fn column_names_are_skipped_also_when_they_return_and_other_words_are_reported() {
    let lines = [
        "Model;WT310E",
        "time;power",
        "1795964793;7.5",
        "overload",
        "time;power",
        "1795964793;8",
        "time;energy",
        "# end",
    ];
    let read = all(&mut Format::default(), &lines);
    assert_eq!((&read[0], &read[2], read.len()), (&Ok(7.5), &Ok(8.0), 4));
    assert!(read[1].is_err() && read[3].is_err(), "{read:?}");
    // A program that never writes a number is no meter.
    assert!(all(&mut Format::default(), &["P=7.5W"; 40]).iter().any(Result::is_err));
}

#[test]
fn the_unit_of_the_column_names_counts() {
    for header in ["time,power (mW)", "Time [s],P[mW]", "# time,power_mW", "\"time\",\"milliwatts\""] {
        assert_eq!(all(&mut Format::default(), &[header, "1795964793.865,7500"]), [Ok(7.5)], "{header}");
    }
    for header in ["timestamp,power_mw", "time,MilliWatts", "s;\n# Otii, power in mW\ntime,P (mW)"] {
        let mut format = Format::default();
        header.lines().for_each(|line| assert_eq!(format.line(line), Line::Empty));
        assert_eq!(all(&mut format, &["1795964793.865,7500"]), [Ok(7.5)], "{header}");
    }
    for header in [
        "time,watts",
        "time,P (W)",
        "time,power (total)",
        "# a meter for 3 kW\ntime,power",
        "t,power_w (230V)",
        "t,current power",
    ] {
        let mut format = Format::default();
        header.lines().for_each(|line| assert_eq!(format.line(line), Line::Empty));
        assert_eq!(all(&mut format, &["1795964793.865,7.5"]), [Ok(7.5)], "{header}");
    }
    for header in [
        "time,current (A)",
        "time,energy [Wh]",
        "time and power in mW",
        "time,current_mA",
        "time,voltage_V",
        "time,volts",
        "time,Voltage L1",
        "time,current",
        "time,P (\u{fffd}W)",
        "time,P (0.1W)",
        "time,P [10 mW]",
        "time,power_nW",
        "time,P [MW]",
        "time,power deciwatts",
        "# power in mW\n# channel 1",
        "# unit: mW\ntime,power",
    ] {
        let mut format = Format::default();
        header.lines().for_each(|line| assert_eq!(format.line(line), Line::Empty));
        let read = all(&mut format, &["1795964793.865,7500"]);
        assert!(read[0].as_ref().is_err_and(|error| error.contains("unit")), "{header}: {read:?}");
    }
    // The unit of a line counts more.
    assert_eq!(all(&mut Format::default(), &["time;power (mW)", "1795964793;7.5 W"]), [Ok(7.5)]);
}
