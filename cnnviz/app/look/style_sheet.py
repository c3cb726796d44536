"""Qt's Fusion style with the palette and the style sheet of a theme."""

from typing import Final

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from cnnviz.app.look.theme import GRID, Theme
from cnnviz.data.resources import resource_path

_LOOK: Final = "cnnviz look"


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Style the whole application, unless it has this theme already."""
    if application.property(_LOOK) == theme.name:  # Qt would style every widget again
        return
    if not application.property(_LOOK):
        application.setStyle(QStyleFactory.create("Fusion"))
    application.setProperty(_LOOK, theme.name)
    application.setPalette(_palette(theme))
    application.setStyleSheet(_sheet(theme))


def set_sheet(widget: QWidget, sheet: str) -> None:
    """Set a widget's style sheet, unless it is set already: Qt would style the widget again."""
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)


def use_normal_weight(widget: QWidget) -> None:
    """Let a widget in a dock, and all in it, not be bold: only the titles of docks are."""
    font = QFont()
    font.setWeight(QFont.Weight.Normal)
    widget.setFont(font)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.panel),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.wrong),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Accent, theme.accent),
        (role.Light, theme.raised),
        (role.Midlight, theme.line),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.window),
    ):
        palette.setColor(name, QColor(colour))
    for disabled in (role.WindowText, role.Text, role.ButtonText):
        muted = QColor(theme.muted)
        muted.setAlphaF(0.55)
        palette.setColor(QPalette.ColorGroup.Disabled, disabled, muted)
    return palette


def _sheet(theme: Theme) -> str:
    """Return the style sheet; in it, 1em is the height of the type, 15 pixels at the least."""

    def drawing(name: str) -> str:
        return resource_path("icons", f"{name}-{theme.name}.svg").as_posix()

    half = GRID // 2
    return f"""
    QMainWindow::separator {{ background: {theme.window}; width: {GRID}px; height: {GRID}px; }}
    QDockWidget {{
        font-weight: 600;
        titlebar-close-icon: url("{drawing("close")}");
        titlebar-normal-icon: url("{drawing("float")}");
    }}
    QDockWidget > QAbstractButton {{
        background: transparent; border: 0; border-radius: 4px;
    }}
    QDockWidget > QAbstractButton:hover {{ background: {theme.line}; }}
    /* Without a position, Qt loads icons of its own to find one, whenever a title is laid out. */
    QDockWidget::close-button, QDockWidget::float-button {{
        position: absolute; subcontrol-origin: padding; subcontrol-position: right;
        width: 1.2em; height: 0.93em;
    }}
    QDockWidget::close-button {{ right: 1px; }}
    QDockWidget::float-button {{ right: 1.33em; }}
    QDockWidget::title {{ background: {theme.panel}; padding: {GRID}px {2 * GRID}px {half}px; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.panel}; }}
    QDialog QScrollArea, QDialog QScrollArea > QWidget > QWidget {{ background: {theme.window}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QDialogButtonBox QPushButton {{ min-width: 4em; }}
    QMenuBar {{ background: {theme.panel}; padding: 2px {half}px; }}
    QMenuBar::item {{ padding: {half}px {GRID}px; background: transparent; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {theme.raised}; }}
    QToolBar {{
        background: {theme.panel}; border: 0; border-bottom: {GRID}px solid {theme.window};
        padding: {half}px {GRID}px; spacing: {half}px;
    }}
    QToolBar#transport {{ border-bottom: 0; }}
    QMainWindow > QTabBar {{
        qproperty-elideMode: ElideNone; qproperty-usesScrollButtons: true;
        qproperty-focusPolicy: NoFocus;
    }}
    QMainWindow > QTabBar QToolButton {{ padding: 0; border: 0; border-radius: 0; }}
    QMainWindow > QTabBar::tab {{
        background: {theme.window}; color: {theme.muted}; border: 0;
        border-bottom: 2px solid transparent; padding: {half}px {GRID + half}px;
    }}
    QMainWindow > QTabBar::tab:hover {{ color: {theme.text}; }}
    QMainWindow > QTabBar::tab:selected {{
        background: {theme.panel}; color: {theme.text}; border-bottom-color: {theme.accent};
    }}
    QStatusBar {{ background: {theme.panel}; border-top: {GRID}px solid {theme.window}; }}
    QStatusBar::item {{ border: 0; }}
    QToolTip {{
        color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.line};
        padding: {half}px;
    }}
    QLabel#panel-size {{
        color: {theme.text}; background: {theme.raised}; border: 2px solid {theme.accent};
        border-radius: {GRID}px; padding: {GRID}px {2 * GRID}px;
    }}
    *[muted="true"] {{ color: {theme.muted}; }}
    *[wrong="true"] {{ color: {theme.wrong}; }}
    *[heading="true"] {{ font-weight: 600; }}

    QPushButton, QToolButton {{
        background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 5px;
        padding: {half}px {GRID + half}px;
    }}
    QDockWidget > #help {{ padding: 0; font-weight: 600; }}
    QFileDialog QToolButton {{ padding: {half}px; min-width: 16px; }}
    QFileDialog QToolButton::menu-indicator {{ image: none; }}
    QFileDialog QListView, QFileDialog QTreeView {{
        background: {theme.panel}; border: 1px solid {theme.line};
    }}
    QListWidget {{
        background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 5px;
    }}
    QFileDialog QFrame#sidebar {{ background: {theme.panel}; }}
    QToolBar QToolButton {{ padding: {half + 1}px {GRID + half}px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {theme.muted}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {theme.line}; }}
    QPushButton:checked, QToolButton:checked {{
        border-color: {theme.accent}; color: {theme.accent};
    }}
    QPushButton:focus, QToolButton:focus {{ border-color: {theme.accent}; }}
    QPushButton:checked:focus, QToolButton:checked:focus {{ background: {theme.line}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.muted}; }}
    QToolButton[popupMode="1"] {{ padding-right: 1.6em; }}
    QToolButton::menu-indicator {{
        image: url("{drawing("down")}"); width: 0.53em; height: 0.53em;
        subcontrol-position: right bottom; right: 2px; bottom: 2px;
    }}
    QToolButton::menu-button {{
        border: 0; border-left: 1px solid {theme.line}; width: 1.07em;
    }}
    QToolButton::menu-button:hover {{ background: {theme.line}; }}
    QToolButton::menu-arrow {{ image: url("{drawing("down")}"); width: 0.8em; height: 0.8em; }}
    QPushButton:default, QToolButton[accent="true"] {{
        background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
    }}
    QToolButton[accent="true"] {{ font-weight: 600; }}  /* a push button would cut bold letters */
    QPushButton:default:disabled {{
        background: {theme.raised}; color: {theme.muted}; border-color: {theme.line};
    }}
    QPushButton:default:hover, QPushButton:default:focus,
    QToolButton[accent="true"]:hover, QToolButton[accent="true"]:focus {{
        border-color: {theme.text};
    }}

    QToolButton[bare="true"] {{ background: transparent; border-color: transparent; padding: 1px; }}
    QToolButton[bare="true"]:hover, QToolButton[bare="true"]:focus {{
        border-color: {theme.accent};
    }}
    QPushButton[subtitle="true"] {{
        background: transparent; border: 0; border-bottom: 1px solid transparent;
        border-radius: 0; padding: 0; margin-left: 1.73em;
        color: {theme.muted}; text-align: left;
    }}
    QPushButton[subtitle="true"]:hover {{ color: {theme.accent}; }}
    QPushButton[subtitle="true"]:focus {{ border-bottom-color: {theme.accent}; }}

    QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, EvidenceView {{
        background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 5px;
        padding: {half}px {GRID}px; selection-background-color: {theme.accent};
        selection-color: {theme.on_accent};
    }}
    QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border-color: {theme.accent}; }}
    QComboBox::drop-down {{ border: 0; width: 1.6em; }}
    QComboBox::down-arrow {{ image: url("{drawing("down")}"); width: 0.93em; height: 0.93em; }}
    QComboBox QAbstractItemView {{
        background: {theme.panel}; border: 1px solid {theme.line};
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent};
    }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; width: 1.6em; }}
    QAbstractSpinBox::up-arrow {{ image: url("{drawing("up")}"); width: 0.8em; height: 0.8em; }}
    QAbstractSpinBox::down-arrow {{
        image: url("{drawing("down")}"); width: 0.8em; height: 0.8em;
    }}

    QCheckBox {{ spacing: 0.53em; padding: 2px 0; }}
    QCheckBox::indicator, QTableView::indicator {{
        width: 1.07em; height: 1.07em; border: 1px solid {theme.muted}; border-radius: 0.27em;
        background: {theme.raised};
    }}
    QCheckBox::indicator {{ width: 0.93em; height: 0.93em; margin: 1px; }}
    QCheckBox::indicator:checked, QTableView::indicator:checked {{
        background: {theme.accent}; border-color: {theme.accent}; image: url("{drawing("check")}");
    }}
    QCheckBox::indicator:focus {{
        margin: 0; border: 2px solid {theme.text};
    }}

    QSlider:horizontal {{ min-height: 1.33em; }}
    QSlider::groove:horizontal {{
        height: 0.27em; border-radius: 0.13em; background: {theme.line};
    }}
    QSlider::sub-page:horizontal {{ border-radius: 0.13em; background: {theme.accent}; }}
    QSlider::handle:horizontal {{
        width: 0.93em; height: 0.93em; margin: -0.4em 0; border-radius: 0.5em;
        background: {theme.panel}; border: 2px solid {theme.accent};
    }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{
        background: {theme.accent};
    }}
    QSlider::sub-page:horizontal:disabled {{ background: {theme.line}; }}
    QSlider::handle:horizontal:disabled {{ border-color: {theme.line}; }}

    QProgressBar {{
        border: 0; border-radius: 4px; background: {theme.line}; color: {theme.text};
        text-align: center;
    }}
    QProgressBar::chunk {{ border-radius: 4px; background: {theme.accent}; }}

    QTableView {{
        background: {theme.panel}; border: 0; gridline-color: {theme.line};
        selection-background-color: {theme.raised}; selection-color: {theme.text};
    }}
    QTableView[spaced="true"]::item {{ padding: {half}px; }}
    QHeaderView, QTableCornerButton::section {{ background: {theme.panel}; border: 0; }}
    QHeaderView::section {{
        background: {theme.panel}; color: {theme.muted}; border: 0;
        border-bottom: 1px solid {theme.line}; padding: {half}px;
    }}
    QTableCornerButton::section {{ background: {theme.panel}; border: 0; }}
    QAbstractScrollArea::corner {{ background: {theme.panel}; border: 0; }}
    QScrollBar {{ background: transparent; border: 0; }}
    QScrollBar:vertical {{ width: 0.8em; }}
    QScrollBar:horizontal {{ height: 0.8em; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 0.27em; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 2.13em; }}
    QScrollBar::handle:horizontal {{ min-width: 2.13em; }}
    QScrollBar::handle:hover {{ background: {theme.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

    QMenu {{ background: {theme.panel}; border: 1px solid {theme.line}; padding: {half}px; }}
    QMenu::item {{ padding: {half}px {3 * GRID}px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: {half}px {GRID}px; }}
    """
